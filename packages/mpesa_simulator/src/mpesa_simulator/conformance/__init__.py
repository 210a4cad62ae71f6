"""Trials for anybody's M-PESA client or application: does it pay out twice, lose a payment, believe a forgery?"""
